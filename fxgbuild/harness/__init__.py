"""The sandboxed side: runs code under test and judges it over a channel the code cannot reach.

Copied into every job and run by the project's interpreter, so it imports the standard library,
`fxgbuild.runtime`, and (in the judge only) pytest, hypothesis and numpy.

Processes, each forked before any candidate code is loaded anywhere:

    parent ── judge zygote (pytest, hypothesis) ── one judge per target
           └─ code zygote per set of imports    ── one code process per target

The parent owns the channel to the host. A judge owns the verdict of one target. A code process owns
one socket to its judge and one pipe for what it prints, and confines itself before it loads code.
"""
