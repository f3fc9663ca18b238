// A bot that does nothing: for tests of what surrounds bots. It is well, ready, says who it is, and ends when told to.
// Of the runtime's inner API it has nothing.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		<-told
		os.Exit(0)
	}()
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(answer, os.Getenv("BOTYARD_BOT"))
	})
	http.HandleFunc("/bots/", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/problem+json")
		answer.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(answer, `{"type": "about:blank", "title": "A stand-in", "status": 404, "detail": "has no inner API"}`)
	})
	fmt.Println("listening on 8080")
	if err := http.ListenAndServe(":8080", nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
