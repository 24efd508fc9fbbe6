//! Whole-system stories, the demo, simulators and benchmarks.
