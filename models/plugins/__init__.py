"""Your own networks: loaded from a folder, checked, and refused with a reason where they cannot be used.

Owns everything between a plug-in folder and the registry. A Python plug-in is code and is trusted as
such; archives and weights are data and never run anything.
"""

from models.plugins.check import MethodCheck, check_method
from models.plugins.loader import PluginReport, load_plugins

__all__ = ["MethodCheck", "PluginReport", "check_method", "load_plugins"]
