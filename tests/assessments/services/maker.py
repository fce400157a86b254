"""A worker that makes dossiers: ``python -m tests.assessments.services.maker DOSSIER…``."""

from tests.processes import begin


def main(*keys):
    from assessments.services.issuing import issue
    from tests.assessments.services import pageless

    pageless.use()
    for key in keys:
        issue(key)


if __name__ == "__main__":
    begin(main)
