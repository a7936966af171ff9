"""`python -m deploy.strimzi` writes topics.yaml and users.yaml anew."""

from deploy.strimzi.resources import FOLDER, files

if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")
