"""Settings for JupyterLab: `./course lab` and binder/start put this folder in JUPYTER_CONFIG_PATH."""

c = get_config()  # type: ignore[name-defined]  # noqa: F821  (Jupyter provides it)
c.LabApp.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
