// A bot that does nothing: for tests of what surrounds bots. It is well, ready, says who it is, and ends when told to.
// Of the runtime's inner API it has nothing. One whose environment holds CRASH ends at once, with that as its last words.
// What can be read and reached from its pod it reads and asks for: `/file?path=…`, `/get?url=…`.
package main

import (
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	go func() {
		<-told
		os.Exit(0)
	}()
	crash()
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(answer, os.Getenv("BOTYARD_BOT"))
	})
	http.HandleFunc("/bots/", func(answer http.ResponseWriter, _ *http.Request) {
		answer.Header().Set("Content-Type", "application/problem+json")
		answer.WriteHeader(http.StatusNotFound)
		fmt.Fprintln(answer, `{"type": "about:blank", "title": "A stand-in", "status": 404, "detail": "has no inner API"}`)
	})
	http.HandleFunc("/file", file)
	http.HandleFunc("/get", get)
	fmt.Println("listening on 8080")
	if err := http.ListenAndServe(":8080", nil); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func crash() {
	var bot struct{ Environment map[string]string }
	content, err := os.ReadFile(os.Getenv("BOTYARD_BOT_FILE"))
	if err != nil || json.Unmarshal(content, &bot) != nil {
		return
	}
	if words := bot.Environment["CRASH"]; words != "" {
		fmt.Fprintln(os.Stderr, words)
		os.Exit(3)
	}
}

func file(answer http.ResponseWriter, asked *http.Request) {
	content, err := os.ReadFile(asked.URL.Query().Get("path"))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusNotFound)
		return
	}
	answer.Write(content)
}

// The status of the answer from elsewhere, and its beginning; certificates are not what is looked at.
func get(answer http.ResponseWriter, asked *http.Request) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	client := http.Client{Timeout: 10 * time.Second, Transport: transport}
	found, err := client.Get(asked.URL.Query().Get("url"))
	if err != nil {
		http.Error(answer, err.Error(), http.StatusBadGateway)
		return
	}
	defer found.Body.Close()
	answer.WriteHeader(found.StatusCode)
	io.Copy(answer, io.LimitReader(found.Body, 4096))
}
