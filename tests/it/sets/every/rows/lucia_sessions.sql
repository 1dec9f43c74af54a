INSERT INTO users (email, role, name)
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 100)
SELECT 'u' || i || '@example.org', 'member', CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN '' ELSE 'Ann' END
  FROM n;

-- Half an hour away from where a retention rule begins, so that no row passes it during a test.
INSERT INTO sessions (id, user_id, expires_at, ip_address, user_agent, is_active)
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
SELECT 's' || i, 'u' || (1 + i % 100) || '@example.org', datetime('now', (i % 5 - 2) || ' days', '-30 minutes'),
       CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN '2001:db8::1' ELSE 'garbage' END,
       CASE i % 4 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'back\slash ''" 😀' ELSE 'x' END,
       i % 2
  FROM n;

INSERT INTO audit_logs (id, event_type, event_category, action, timestamp)
WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 300)
SELECT 'l' || i, 'login', 'auth', 'login', datetime('now', -i || ' days', '-30 minutes') FROM n;
