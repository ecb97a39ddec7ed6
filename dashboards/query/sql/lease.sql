-- Who wants a lease and has shown signs of life lately, the one who has it first.
SELECT holder, since FROM leases FINAL
WHERE name = {name:String} AND seen_at > now64(3) - toIntervalSecond({seconds:UInt32})
ORDER BY since, holder
