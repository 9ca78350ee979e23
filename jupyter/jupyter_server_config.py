"""Settings for JupyterLab, read because `./course lab` and binder/start set JUPYTER_CONFIG_PATH to this folder."""

c = get_config()  # noqa: F821  (Jupyter provides it)
c.LabApp.default_url = "/lab/tree/notebooks/00_start_here.ipynb"
