"""Early Alignment, executable: two papers on early neuron alignment, run, measured and judged.

Walk in through `earlyalign.runs.measure`, which is what every chapter calls, or through the command
`earlyalign`. The rooms below it, from data to item, are listed in the README.
"""

__version__ = "0.1.0"
