"""The exercises of lesson 18."""

from helpers.exercises.lesson_18 import call, on_request, scatter

__all__ = ["EXERCISES"]

EXERCISES = (call.EXERCISE, on_request.EXERCISE, scatter.EXERCISE)
