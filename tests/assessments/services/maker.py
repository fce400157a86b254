"""A worker that makes dossiers: ``main(*DOSSIER)`` for ``run_together``."""


def main(*keys):
    from assessments.services.issuing import issue
    from tests.assessments.services import pageless

    pageless.use()
    for key in keys:
        issue(key)
