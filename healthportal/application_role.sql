-- What the role with which the portal runs may do: read and write rows. It owns nothing, so it can neither change a
-- table nor empty it, nor switch off the triggers that hold the ledger. Run as the role that migrates, before or after
-- the first migration; again does no harm:
--   psql "$OWNER_URL" --set ON_ERROR_STOP=1 --set role=portal --file healthportal/application_role.sql
GRANT USAGE ON SCHEMA public TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO :"role";
GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO :"role";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO :"role";
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO :"role";
