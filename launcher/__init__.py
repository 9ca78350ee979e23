"""What `./course` does: make the environment, find or install the servers, start JupyterLab or the tests.

Standard library only: all of this runs on a bare system Python, before anything is installed.
"""
