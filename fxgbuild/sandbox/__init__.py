"""The host's side of running generated code: picks the strongest sandbox, launches, collects.

`sandbox.open_sandbox` gives a `Sandbox`; `job.stage_job` writes what it is to run; `Sandbox.run`
runs it.
"""
