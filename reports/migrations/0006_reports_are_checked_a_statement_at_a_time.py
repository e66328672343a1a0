import django.db.models.deletion
from django.db import migrations, models

# A foreign key is checked row by row, and marks each row that it refers to. For a million reports a run that costs as
# much as building them, so the same is checked here for all rows of a statement at once. Whoever removes a seller or a
# run takes a lock that whoever adds reports shares, so neither misses what the other does.
FORWARD = """
ALTER TABLE reports_weeklyreport DROP CONSTRAINT weekly_report_week_is_the_runs;

DROP TRIGGER weekly_report_insert_frozen ON reports_weeklyreport;

CREATE FUNCTION refuse_unfit_report() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    report record;
    run record;
BEGIN
    FOR report IN
        SELECT run_id, week_start, min(seller_id) AS first, max(seller_id) AS last FROM touched
        GROUP BY run_id, week_start ORDER BY run_id, week_start
    LOOP
        PERFORM FROM sellers_market AS market JOIN reports_reportrun AS r ON r.market_id = market.id
        WHERE r.id = report.run_id FOR KEY SHARE OF market;
        SELECT * INTO run FROM reports_reportrun WHERE id = report.run_id FOR SHARE;
        IF run.week_start IS DISTINCT FROM report.week_start THEN
            RAISE EXCEPTION 'The week of a weekly report is not that of its run.'
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'weekly_report_week_is_the_runs';
        END IF;
        IF run.published_at IS NOT NULL THEN
            RAISE EXCEPTION 'A published weekly report cannot be changed.'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'weekly_report_published_is_frozen';
        END IF;
        IF EXISTS (
            SELECT FROM touched
            LEFT JOIN sellers_seller AS seller ON seller.id = touched.seller_id
                AND seller.market_id = run.market_id AND seller.id BETWEEN report.first AND report.last
            WHERE touched.run_id = report.run_id AND touched.week_start = report.week_start AND seller.id IS NULL
        ) THEN
            RAISE EXCEPTION 'A weekly report is of no seller of its market.'
                USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'weekly_report_seller_is_of_its_market';
        END IF;
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER weekly_report_insert_fits AFTER INSERT ON reports_weeklyreport
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_unfit_report();
CREATE TRIGGER weekly_report_update_fits AFTER UPDATE ON reports_weeklyreport
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_unfit_report();

CREATE FUNCTION refuse_removing_seller_with_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM sellers_market WHERE id = OLD.market_id FOR UPDATE;
    IF EXISTS (
        SELECT FROM reports_reportrun AS run
        JOIN reports_weeklyreport AS report ON report.week_start = run.week_start AND report.seller_id = OLD.id
        WHERE run.market_id = OLD.market_id
    ) THEN
        RAISE EXCEPTION 'Seller % has weekly reports.', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'seller_with_reports_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER seller_with_reports_is_not_deleted BEFORE DELETE ON sellers_seller
    FOR EACH ROW EXECUTE FUNCTION refuse_removing_seller_with_reports();
CREATE TRIGGER seller_with_reports_is_not_moved BEFORE UPDATE OF id, market_id ON sellers_seller
    FOR EACH ROW WHEN ((OLD.id, OLD.market_id) IS DISTINCT FROM (NEW.id, NEW.market_id))
    EXECUTE FUNCTION refuse_removing_seller_with_reports();

CREATE FUNCTION refuse_removing_run_with_reports() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM reports_weeklyreport WHERE week_start = OLD.week_start AND run_id = OLD.id) THEN
        RAISE EXCEPTION 'Report run % has weekly reports.', OLD.id
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'report_run_with_reports_stays';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER report_run_with_reports_is_not_deleted BEFORE DELETE ON reports_reportrun
    FOR EACH ROW EXECUTE FUNCTION refuse_removing_run_with_reports();
CREATE TRIGGER report_run_with_reports_is_not_moved BEFORE UPDATE OF id, week_start, market_id ON reports_reportrun
    FOR EACH ROW WHEN ((OLD.id, OLD.week_start, OLD.market_id) IS DISTINCT FROM (NEW.id, NEW.week_start, NEW.market_id))
    EXECUTE FUNCTION refuse_removing_run_with_reports();
"""

BACKWARD = """
DROP TRIGGER report_run_with_reports_is_not_moved ON reports_reportrun;
DROP TRIGGER report_run_with_reports_is_not_deleted ON reports_reportrun;
DROP TRIGGER seller_with_reports_is_not_moved ON sellers_seller;
DROP TRIGGER seller_with_reports_is_not_deleted ON sellers_seller;
DROP TRIGGER weekly_report_update_fits ON reports_weeklyreport;
DROP TRIGGER weekly_report_insert_fits ON reports_weeklyreport;
DROP FUNCTION refuse_removing_run_with_reports(), refuse_removing_seller_with_reports(), refuse_unfit_report();
CREATE TRIGGER weekly_report_insert_frozen AFTER INSERT ON reports_weeklyreport
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_changing_published_report();
ALTER TABLE reports_weeklyreport ADD CONSTRAINT weekly_report_week_is_the_runs
    FOREIGN KEY (run_id, week_start) REFERENCES reports_reportrun (id, week_start);
"""


class Migration(migrations.Migration):
    """What foreign keys held of weekly reports is held by triggers, once per statement."""

    dependencies = [
        ("reports", "0005_chunks_are_announced_and_count_starts"),
        ("sellers", "0007_books_are_closed_in_turn"),
    ]

    operations = [
        migrations.AlterField(
            model_name="weeklyreport",
            name="seller",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="sellers.seller",
            ),
        ),
        migrations.AlterField(
            model_name="weeklyreport",
            name="run",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reports",
                to="reports.reportrun",
            ),
        ),
        migrations.RunSQL(FORWARD, BACKWARD),
    ]
