// A contestant of compare.lua: Go's net/http and encoding/json, whole rows.   peer.go URL BODIES PAGES
package main

import (
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
)

func main() {
	text, err := os.ReadFile(os.Args[2])
	if err != nil {
		panic(err)
	}
	bodies, rows := strings.Split(string(text), "\n"), 0
	pages, _ := strconv.Atoi(os.Args[3])
	for i := 0; i < pages; i++ {
		answer, err := http.Post(os.Args[1], "application/x-www-form-urlencoded", strings.NewReader(bodies[i]))
		if err != nil {
			panic(err)
		}
		var page struct {
			Code int
			List []map[string]any `json:"stockout_list"`
		}
		if err := json.NewDecoder(answer.Body).Decode(&page); err != nil || page.Code != 0 {
			panic("no page")
		}
		answer.Body.Close()
		rows += len(page.List)
	}
	if rows != pages*100 {
		os.Exit(1)
	}
}
