"""The full-text index of answers: FTS5 on SQLite, GIN on PostgreSQL."""

import django.db.models.deletion
from django.db import migrations, models

INSERTED = "INSERT INTO assessments_search(rowid, words) VALUES (NEW.id, NEW.words);"
DELETED = (
    "INSERT INTO assessments_search(assessments_search, rowid, words) "
    "VALUES ('delete', OLD.id, OLD.words);"
)
INDEX = {
    "sqlite": [
        # An underscore belongs to a word: marks begin with it (assessments/search.py).
        "CREATE VIRTUAL TABLE assessments_search USING fts5(words, "
        "content='assessments_searchentry', content_rowid='id', detail=none, columnsize=0, "
        "tokenize='unicode61 remove_diacritics 0 tokenchars _')",
        "CREATE TRIGGER assessments_search_insert AFTER INSERT ON assessments_searchentry "
        f"BEGIN {INSERTED} END",
        "CREATE TRIGGER assessments_search_delete AFTER DELETE ON assessments_searchentry "
        f"BEGIN {DELETED} END",
        "CREATE TRIGGER assessments_search_update AFTER UPDATE OF words "
        f"ON assessments_searchentry BEGIN {DELETED} {INSERTED} END",
    ],
    "postgresql": [
        "CREATE INDEX assessments_search ON assessments_searchentry "
        "USING gin (array_to_tsvector(string_to_array(words, ' ')))",
    ],
}
NO_INDEX = {
    "sqlite": [
        "DROP TRIGGER assessments_search_insert",
        "DROP TRIGGER assessments_search_delete",
        "DROP TRIGGER assessments_search_update",
        "DROP TABLE assessments_search",
    ],
    "postgresql": ["DROP INDEX assessments_search"],
}


def create(apps, schema_editor):
    for statement in INDEX[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


def drop(apps, schema_editor):
    for statement in NO_INDEX[schema_editor.connection.vendor]:
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('assessments', '0005_notifications'),
    ]

    operations = [
        # Nothing was kept in it yet; FTS5 needs a key that is a number.
        migrations.DeleteModel(name='SearchEntry'),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(primary_key=True, serialize=False)),
                ('words', models.TextField()),
                ('answer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assessments.answer')),
                ('organisation', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.organisation')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation', 'answer'), name='search_entry_once_per_answer')],
            },
        ),
        migrations.RunPython(create, drop),
    ]
