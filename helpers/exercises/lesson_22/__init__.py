"""The exercises of lesson 22."""

from helpers.exercises.lesson_22 import get_page, hit_ratio, prices, release

__all__ = ["EXERCISES"]

EXERCISES = (get_page.EXERCISE, prices.EXERCISE, hit_ratio.EXERCISE, release.EXERCISE)
