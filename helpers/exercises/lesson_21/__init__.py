"""The exercises of lesson 21."""

from helpers.exercises.lesson_21 import buy, online, top, work

__all__ = ["EXERCISES"]

EXERCISES = (buy.EXERCISE, online.EXERCISE, work.EXERCISE, top.EXERCISE)
