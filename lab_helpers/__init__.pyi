import IPython.core.interactiveshell

from .compiling.compiler import compile_filter as compile_filter
from .compiling.modules import Module as Module
from .compiling.modules import read_module as read_module
from .dashboard.calls import show_calls as show_calls
from .dashboard.controls import Controls as Controls
from .dashboard.dashboard import Dashboard as Dashboard
from .dashboard.dashboard import Headers as Headers
from .dashboard.dashboard import Lanes as Lanes
from .dashboard.dashboard import Threads as Threads
from .dashboard.log import show_log as show_log
from .envoy.answers import Answer as Answer
from .envoy.configuration import Configuration as Configuration
from .envoy.envoy import Envoy as Envoy
from .envoy.journey import Journey as Journey
from .errors import CompileError as CompileError
from .errors import ConfigurationError as ConfigurationError
from .errors import LabError as LabError
from .errors import LaunchError as LaunchError
from .errors import TokenApiError as TokenApiError
from .errors import ToolchainError as ToolchainError
from .errors import TrafficError as TrafficError
from .lessons.cells.adopting import adopt as adopt
from .lessons.cells.configurations import show_configuration as show_configuration
from .lessons.cells.configurations import start_configuration as start_configuration
from .lessons.cells.go_cells import show_go as show_go
from .lessons.cells.workspace import start_filter as start_filter
from .lessons.checks.checking import check as check
from .lessons.checks.checking import hint as hint
from .lessons.copies.resetting import reset_lesson as reset_lesson
from .lessons.diagrams import diagram as diagram
from .lessons.emulator.play import emulate as emulate
from .lessons.emulator.steps import Reply as Reply
from .lessons.emulator.steps import Request as Request
from .lessons.emulator.steps import Response as Response
from .lessons.exercises.forging import forge as forge
from .lessons.exercises.predictions import compare as compare
from .lessons.exercises.predictions import predict as predict
from .lessons.exercises.shelf import progress as progress
from .lessons.exercises.trying import try_in_envoy as try_in_envoy
from .lessons.ordering.ordering import put_in_order as put_in_order
from .lessons.shown.envoy_tables import show_answer as show_answer
from .lessons.shown.envoy_tables import show_stats as show_stats
from .lessons.shown.envoy_tables import show_threads as show_threads
from .lessons.shown.envoy_tables import show_token as show_token
from .lessons.shown.export_tables import show_exports as show_exports
from .lessons.shown.failure_tables import show_failures as show_failures
from .lessons.shown.machine import check_machine as check_machine
from .lessons.shown.module_tables import compare_modules as compare_modules
from .lessons.shown.module_tables import show_command as show_command
from .lessons.shown.module_tables import show_interface as show_interface
from .token_api.api import TokenApi as TokenApi
from .token_api.faults import Fault as Fault

__all__: list[str]  # noqa: PYI035  # the names above, sorted by `lazy_loader`

def load_ipython_extension(shell: IPython.core.interactiveshell.InteractiveShell) -> None: ...
