-- What status pages admit: failures, not maintenance, and not that all is well again.
SELECT toString(vendor) AS vendor, at
FROM official_events FINAL
WHERE at >= {from:DateTime64(3)} AND at < {to:DateTime64(3)}
  AND impact NOT IN ('none', 'maintenance') AND status NOT IN ('resolved', 'completed', 'scheduled', 'postmortem')
ORDER BY at, vendor
