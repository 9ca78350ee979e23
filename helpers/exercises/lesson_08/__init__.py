"""The exercises of lesson 08."""

from helpers.exercises.lesson_08 import clean_endings, count_together, fetch_all

__all__ = ["EXERCISES"]

EXERCISES = (clean_endings.EXERCISE, fetch_all.EXERCISE, count_together.EXERCISE)
