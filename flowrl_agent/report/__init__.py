"""What runs found, for a reader: one offline page, a Markdown file, plots.

`load` reads run folders, `tables`, `charts` and `transcripts` say what they amount to, `page`, `markdown` and `plots`
write it down. Results of a benchmark come in through `bench.report`, one floor up.
"""
