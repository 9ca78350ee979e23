"""Clients for the servers that the lessons write: a crowd in a process of its own, and what it costs them.

load("server", clients=100, seconds=1)         a Report: right, wrong, missing, requests a second, …
with hold("server", 1000): …                   so many connections, open and idle
address("server"), memory("server")            where it listens; what it holds
"""
