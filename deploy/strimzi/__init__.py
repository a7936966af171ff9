"""Topics and users as Strimzi's resources, made from pipeline/topics.py and pipeline/grants.py."""
