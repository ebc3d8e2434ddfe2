"""Log lines in the form Cytomine's Python client prints, so whoever watches its apps understands this one."""

import logging
import sys

LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
# Without a server no job was ever made; the line has a place for its number all the same.
JOB_ID = 0

logger = logging.getLogger("tissue-detect")


def start_logging(level: str) -> None:
    """Log to stdout as `[YYYY-MM-DD HH:MM:SS,mmm][LEVEL] message`."""
    logging.basicConfig(stream=sys.stdout, level=level, format="[%(asctime)s][%(levelname)s] %(message)s")


def report_status(comment: str, status: str, progress: int) -> None:
    """Tell what is being done: `status` is a Cytomine job status label, `progress` percent."""
    write = logger.error if status == "FAILED" else logger.info
    write('Job (id:%d) status update: "%s" (status: %s, progress: %d%%)', JOB_ID, comment, status, progress)
