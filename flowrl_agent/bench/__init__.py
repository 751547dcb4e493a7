"""`flowrl bench`: algorithms x environments x seeds from one file, compared fairly.

`plan` reads the file, `cells` makes the settings of every run, `worker` does one run in a process of its own, `run`
schedules and resumes, `tune` searches hyper-parameters with an equal budget, `record` says what a row holds, `tables`
what the rows amount to.
"""
