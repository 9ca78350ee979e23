"""The exercises of lesson 05."""

from helpers.exercises.lesson_05 import half_closed, one_turn, whole_lines

__all__ = ["EXERCISES"]

EXERCISES = (one_turn.EXERCISE, half_closed.EXERCISE, whole_lines.EXERCISE)
