"""What is ours, as AWS has it, in the words of another tool: so that it can take over what this one has made.

Nothing here asks AWS or writes a file: things as they were read go in, the texts of files come out. ``pieces`` has what
the tools share; each tool has a module that writes its files, and one that says each kind in its words.
"""
