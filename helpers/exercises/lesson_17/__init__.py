"""The exercises of lesson 17."""

from helpers.exercises.lesson_17 import bindings, matches, send_document

__all__ = ["EXERCISES"]

EXERCISES = (matches.EXERCISE, bindings.EXERCISE, send_document.EXERCISE)
