<?php
// One contestant of compare.lua: PHP's curl and json_decode; with several lanes by curl_multi, where a finished transfer is started
// again before its body is decoded.
//
//     php peer.php URL BODIES PAGES LANES
[, $url, $file, $pages, $lanes] = $argv;
$bodies = file($file, FILE_IGNORE_NEW_LINES);
$pages = (int)$pages;

function handle($url) {
    $easy = curl_init($url);
    curl_setopt_array($easy, [CURLOPT_RETURNTRANSFER => true, CURLOPT_POST => true]);
    return $easy;
}

function rows($text) {
    $answer = json_decode($text, true);
    if ($answer['code'] !== 0) exit(1);
    $rows = 0;
    foreach ($answer['stockout_list'] as $row) $rows++;
    return $rows;
}

function cpu() {
    $usage = getrusage();
    return $usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec'] + ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) / 1e6;
}

$begun = hrtime(true);
$cpu = cpu();
$rows = $bytes = 0;
if ($lanes == 1) {
    $easy = handle($url);
    for ($i = 0; $i < $pages; $i++) {
        curl_setopt($easy, CURLOPT_POSTFIELDS, $bodies[$i]);
        $text = curl_exec($easy);
        $bytes += strlen($text);
        $rows += rows($text);
    }
} else {
    $multi = curl_multi_init();
    $next = 0;
    while ($next < min($lanes, $pages)) {
        $easy = handle($url);
        curl_setopt($easy, CURLOPT_POSTFIELDS, $bodies[$next++]);
        curl_multi_add_handle($multi, $easy);
    }
    $done = 0;
    do {
        curl_multi_exec($multi, $running);
        while ($message = curl_multi_info_read($multi)) {
            $easy = $message['handle'];
            $text = curl_multi_getcontent($easy);
            curl_multi_remove_handle($multi, $easy);
            if ($next < $pages) {
                curl_setopt($easy, CURLOPT_POSTFIELDS, $bodies[$next++]);
                curl_multi_add_handle($multi, $easy);
                curl_multi_exec($multi, $running);
            }
            $bytes += strlen($text);
            $rows += rows($text);
            $done++;
        }
        if ($done < $pages) curl_multi_select($multi);
    } while ($done < $pages);
}
$seconds = (hrtime(true) - $begun) / 1e9;
$cpu = cpu() - $cpu;
if ($rows !== $pages * 100) exit(1);
preg_match('/^VmHWM:\s+(\d+)/m', file_get_contents('/proc/self/status'), $peak);
echo "$seconds $bytes $cpu $peak[1]\n";
