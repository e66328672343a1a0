-- A published text of an article is read-only, with its sections; only the link to the section that it became may end.
CREATE OR REPLACE FUNCTION refuse_rewriting_article() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Text % of an article is published and cannot be changed; draft a new one.', OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'article_version_published_is_frozen';
END $$;

CREATE TRIGGER article_version_published_is_frozen BEFORE UPDATE OR DELETE ON policies_articleversion
    FOR EACH ROW WHEN (OLD.published_at IS NOT NULL) EXECUTE FUNCTION refuse_rewriting_article();

CREATE OR REPLACE FUNCTION refuse_rewriting_article_section() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM policies_articleversion
            WHERE id IN (OLD.version_id, NEW.version_id) AND published_at IS NOT NULL) THEN
        RAISE EXCEPTION 'Section % belongs to a published text and cannot be changed.', coalesce(OLD.id, NEW.id)
            USING ERRCODE = 'check_violation', CONSTRAINT = 'article_version_section_is_frozen';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE TRIGGER article_version_section_is_frozen
    BEFORE INSERT OR DELETE OR UPDATE OF version_id, position, slug, title, body ON policies_articleversionsection
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting_article_section();
