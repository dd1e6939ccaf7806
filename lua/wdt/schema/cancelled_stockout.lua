--- 已取消出库单 of the ultimate edition (seed U §4).
--
-- The fields in the order of the vendor's table; what a field is made of: `wdt.schema`.
-- @module wdt.schema.cancelled_stockout

return {
  { "stockout_id", "出库单id", "int" },
  { "stockout_no", "出库单编号", "text" },
  -- although the method is "cancelled", the sample rows carry status 110
  { "status", "出库单状态", "int", values = { ["5"] = "已取消", ["10"] = "待放回", ["51"] = "缺货",
    ["53"] = "wms已接单", ["54"] = "获取电子面单",
    ["60"] = "待分配", ["61"] = "排队中", ["63"] = "待补货", ["65"] = "待处理", ["70"] = "待发货", ["73"] = "爆款锁定",
    ["75"] = "待拣货",
    ["77"] = "拣货中，PDA拣货后", ["79"] = "已拣货", ["90"] = "延时发货", ["110"] = "已完成" } },
  -- text yyyy-MM-dd HH:mm:ss
  { "modified", "最后修改时间", "datetime" },
}
