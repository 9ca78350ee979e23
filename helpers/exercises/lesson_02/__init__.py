"""The exercises of lesson 02."""

from helpers.exercises.lesson_02 import best_model, count_visits, loop_survives, serve_processes

__all__ = ["EXERCISES"]

EXERCISES = (serve_processes.EXERCISE, count_visits.EXERCISE, best_model.EXERCISE, loop_survives.EXERCISE)
