"""The process that holds student code: how it is made, limited, locked and ended.

What it keeps out, on Linux and locked: the network, other processes, every file but the Python installation and the
data sets that its exercise names, every write but its own temporary folder, and more memory, CPU time and output than
its limits. What is not covered: holes in the kernel; side channels through caches and timing; a machine whose kernel
lacks a layer (every report prints which layers were active); what runs in the box itself, given modules and probes
included, once a submission has searched its own memory for it. What is a wall and what only deters stands in
docs/decisions/0004. Unlocked, as in `make check`, only the limits hold.
"""
