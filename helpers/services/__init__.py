"""Real servers, started privately for this notebook, gone when it is gone."""
