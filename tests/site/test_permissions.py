from django.conf import settings

from ansm_portal.permissions import GRANTS, Permission, Role, as_markdown, granted


def test_the_printed_table_is_the_one_in_force():
    assert (settings.BASE_DIR / "docs" / "permissions.md").read_text() == as_markdown()


def test_every_permission_is_granted_to_somebody():
    assert set(GRANTS) == set(Permission)
    assert all(GRANTS.values())


def test_roles_add_up():
    both = frozenset({Role.MANAGER, Role.REVIEWER})
    assert granted(Permission.DEVICE_EDIT, both)
    assert granted(Permission.ASSESSMENT_REVIEW, both)
    assert not granted(Permission.ASSESSMENT_EDIT, both)


def test_an_auditor_sees_dossiers_raises_remarks_on_them_and_nothing_else():
    auditor = frozenset({Role.AUDITOR})
    assert {p for p in Permission if granted(p, auditor)} == {
        Permission.ORGANISATION_VIEW,
        Permission.DOSSIER_VIEW,
        Permission.DOSSIER_REMARK,
    }
