"""The exercises of lesson 07."""

from helpers.exercises.lesson_07 import gather, step, talk

__all__ = ["EXERCISES"]

EXERCISES = (talk.EXERCISE, step.EXERCISE, gather.EXERCISE)
