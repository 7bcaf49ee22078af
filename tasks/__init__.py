"""The built-in tasks: plug-ins like anyone's, found through the entry-point group `hydranet.tasks`."""

if __name__ != "hydranet_tasks":
    raise ImportError(
        "This package is called hydranet_tasks: a top-level module called 'tasks' would collide with others. "
        "Install hydranet (`pip install -e .`) and import hydranet_tasks."
    )
