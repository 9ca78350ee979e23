"""The exercises of lesson 00."""

from helpers.exercises.lesson_00 import stopwatch, waiting_share

__all__ = ["EXERCISES"]

EXERCISES = (stopwatch.EXERCISE, waiting_share.EXERCISE)
