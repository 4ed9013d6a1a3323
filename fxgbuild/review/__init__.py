"""What a pull request changes in a workspace: two sides in, one printable value out.

Pure; what is foreign text stays foreign text, the reports escape it.
"""
