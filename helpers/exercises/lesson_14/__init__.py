"""The exercises of lesson 14."""

from helpers.exercises.lesson_14 import permissions, receive_all, safe_send

__all__ = ["EXERCISES"]

EXERCISES = (receive_all.EXERCISE, safe_send.EXERCISE, permissions.EXERCISE)
