"""The exercises of lesson 03."""

from helpers.exercises.lesson_03 import count_clicks, dispatcher, register, survive

__all__ = ["EXERCISES"]

EXERCISES = (count_clicks.EXERCISE, dispatcher.EXERCISE, register.EXERCISE, survive.EXERCISE)
