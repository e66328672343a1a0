-- A published policy version is read-only.
CREATE OR REPLACE FUNCTION refuse_rewriting_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Version % of policy % is published and cannot be changed; draft a new version.',
        OLD.number, OLD.policy_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'policy_version_published_is_frozen';
END $$;

CREATE TRIGGER policy_version_published_is_frozen BEFORE UPDATE OR DELETE ON policies_policyversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_policy();
