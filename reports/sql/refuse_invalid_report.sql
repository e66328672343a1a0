-- A report belongs to an open run of its week and to a seller of its market. Checked once a statement, whatever its
-- rows.
CREATE OR REPLACE FUNCTION refuse_invalid_report() RETURNS trigger LANGUAGE plpgsql SET enable_nestloop TO 'off' AS $$
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
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_invalid_report();

CREATE TRIGGER weekly_report_update_fits AFTER UPDATE ON reports_weeklyreport
    REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION refuse_invalid_report();
