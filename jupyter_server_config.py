"""Read by JupyterLab when it is started in this folder, by `./course lab` or by hand: opens lesson 00."""

import os
from pathlib import Path

root = Path(__file__).resolve().parent
lesson = "notebooks/00_start_here.ipynb"

c = get_config()  # noqa: F821  (Jupyter provides it)
if (root / lesson).exists():
    c.LabApp.default_url = f"/lab/tree/{lesson}"
# No question about Jupyter's news on top of the first lesson.
c.LabApp.news_url = None
# Kernels find `helpers` from every folder, also where it was not installed (conda).
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")]))
