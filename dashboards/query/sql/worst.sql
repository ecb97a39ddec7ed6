-- How severe the incidents of a vendor were before a time.
SELECT id, opened_at, severity
FROM incidents FINAL
WHERE vendor = {vendor:String} AND opened_at < {to:DateTime64(3)} AND confirmed_at IS NOT NULL
ORDER BY severity DESC, opened_at DESC
LIMIT 20
