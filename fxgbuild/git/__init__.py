"""What git knows of a workspace's past: commits, files at a commit, files changed since.

Only read: objects by plumbing commands, no checkout, no hook, nothing written.
"""
