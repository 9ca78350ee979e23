"""The exercises of lesson 15."""

from helpers.exercises.lesson_15 import consume_fairly, make_callback, send_for_good

__all__ = ["EXERCISES"]

EXERCISES = (make_callback.EXERCISE, consume_fairly.EXERCISE, send_for_good.EXERCISE)
