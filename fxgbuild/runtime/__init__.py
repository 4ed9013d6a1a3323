"""What a graph needs to run: values and their bytes, checks, hooks, retries and the scheduler.

Carried inside every artifact and into the sandbox, so it needs nothing but the standard library;
numpy, pandas and pyarrow are imported only for a graph whose schemas name arrays or tables.
"""
