"""The exercises of lesson 20."""

from helpers.exercises.lesson_20 import like, locks, nodes, quick

__all__ = ["EXERCISES"]

EXERCISES = (like.EXERCISE, locks.EXERCISE, nodes.EXERCISE, quick.EXERCISE)
