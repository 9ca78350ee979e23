"""The exercises of lesson 16."""

from helpers.exercises.lesson_16 import audit, send_or_tell, subscribe

__all__ = ["EXERCISES"]

EXERCISES = (subscribe.EXERCISE, send_or_tell.EXERCISE, audit.EXERCISE)
