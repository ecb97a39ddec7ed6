-- How many people and posts speak of a vendor.
SELECT uniqCombined64Merge(20)(authors) AS people, uniqCombined64Merge(20)(posts) AS posts
FROM vendor_minutes
WHERE vendor = {vendor:String} AND minute >= {from:DateTime} AND minute < {to:DateTime}
