"""The exercises of lesson 01."""

from helpers.exercises.lesson_01 import ask_all, total, unfreeze

__all__ = ["EXERCISES"]

EXERCISES = (total.EXERCISE, ask_all.EXERCISE, unfreeze.EXERCISE)
