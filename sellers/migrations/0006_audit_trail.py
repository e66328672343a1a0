import django.core.serializers.json
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

FORWARD = """
-- The audit trail is append-only.
CREATE FUNCTION refuse_changing_trail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The audit trail is append-only: % is refused.', TG_OP
        USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_entry_append_only';
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON sellers_auditentry
    FOR EACH ROW EXECUTE FUNCTION refuse_changing_trail();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON sellers_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_trail();

-- What staff did so far is in the admin's own log, which is not written any more.
INSERT INTO sellers_auditentry (at, person_id, actor, action, kind, object_id, object_name, note, changes)
SELECT l.action_time, l.user_id, u.email, CASE l.action_flag WHEN 1 THEN 'add' WHEN 2 THEN 'change' ELSE 'delete' END,
    coalesce(c.app_label || '.' || c.model, ''), coalesce(left(l.object_id, 64), ''), l.object_repr, l.change_message, '[]'
FROM django_admin_log l JOIN sellers_user u ON u.id = l.user_id LEFT JOIN django_content_type c ON c.id = l.content_type_id
ORDER BY l.id;
"""

BACKWARD = """
DROP TRIGGER audit_entry_no_truncate ON sellers_auditentry;
DROP TRIGGER audit_entry_append_only ON sellers_auditentry;
DROP FUNCTION refuse_changing_trail();
"""


class Migration(migrations.Migration):
    """Who did what when: see docs/audit.md."""

    dependencies = [
        ("sellers", "0005_markets_name_the_further_route"),
        ("admin", "0003_logentry_add_action_flag_choices"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("actor", models.CharField(max_length=254)),
                ("action", models.CharField(max_length=60)),
                ("kind", models.CharField(blank=True, max_length=80)),
                ("object_id", models.CharField(blank=True, max_length=64)),
                ("object_name", models.CharField(blank=True, max_length=200)),
                ("note", models.TextField(blank=True)),
                (
                    "changes",
                    models.JSONField(blank=True, default=list, encoder=django.core.serializers.json.DjangoJSONEncoder),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "entry of the audit trail",
                "verbose_name_plural": "audit trail",
                "ordering": ["-at", "-id"],
                "indexes": [
                    models.Index(fields=["-at", "-id"], name="audit_entry_newest"),
                    models.Index(fields=["kind", "object_id", "-at", "-id"], name="audit_entry_of_object"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("actor", ""), _negated=True), models.Q(("action", ""), _negated=True)
                        ),
                        name="audit_entry_says_who_and_what",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
